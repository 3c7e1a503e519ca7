/* bench_import MODEL: imports a model once and prints milliseconds, peak
 * resident KiB and nodes. See bench_import.py. */
#include "import/onnx_graph.h"

#include <time.h>

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* Of this program alone: getrusage counts what was resident before exec. */
static long peak_kib(void)
{
	char line[200];
	long kib = -1;
	FILE *f = fopen("/proc/self/status", "r");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "VmHWM: %ld", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

int main(int argc, char **argv)
{
	struct ctx ctx;
	struct model *model;
	if (argc != 2)
		return 2;
	ctx_init(&ctx, stderr, NULL);
	double start = now_ms();
	if (!onnx_read(&ctx, argv[1], &model))
		return 1;
	double ms = now_ms() - start;
	printf("%.3f %ld %zu\n", ms, peak_kib(), model->graph->node_count);
	onnx_close(model);
	ctx_release(&ctx);
	return 0;
}
