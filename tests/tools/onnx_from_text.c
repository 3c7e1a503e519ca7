/* onnx_from_text < TEXT > MODEL.onnx: see tests/onnx_text.h. */
#include "tests/onnx_text.h"

#include <stdio.h>

int main(void)
{
	static char text[1 << 20];
	struct arena arena;
	size_t length = fread(text, 1, sizeof text - 1, stdin);
	arena_init(&arena, NULL);
	uint8_t *bytes = onnx_text(&arena, text, &length);
	size_t written = fwrite(bytes, 1, length, stdout);
	arena_release(&arena);
	return written != length;
}
