/* libFuzzer target: any bytes as a model specification. It is read or refused
 * with a message; what is read multiplies as much as its nests do, merges, and
 * prints as JSON. See tests/fuzz/run. */
#include "base/json_doc.h"
#include "codegen/layers_json.h"
#include "import/spec_json.h"
#include "mapper/network.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static bool read_bytes(struct ctx *ctx, const char *bytes, size_t length,
	struct layer_list *list)
{
	struct json_doc doc;
	if (!json_parse(ctx, "m.json", bytes, length, &doc))
		return false;
	bool ok = spec_parse(ctx, &doc, list);
	json_release(&doc);
	return ok;
}

static void layers_check(struct ctx *ctx, const struct layer_list *list)
{
	struct network network;
	int64_t total = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct layer *layer = &list->layers[i];
		check(layer->nest_count == 1 &&
			layer->macs == nest_macs(&layer->nests[0].nest));
		total += layer->macs * layer->executions;
	}
	check(total == list->total_macs);
	if (network_make(ctx, list, &network))
		check(network.count >= 1 && network.count <= list->count);
	struct json_doc doc;
	const char *text = layers_json(ctx, list);
	check(json_parse(ctx, "layers.json", text, strlen(text), &doc));
	json_release(&doc);
	check(*layers_text(ctx, list) != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static FILE *nowhere;
	struct ctx ctx;
	struct layer_list list;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	ctx_init(&ctx, nowhere, NULL);
	if (read_bytes(&ctx, (const char *)bytes, length, &list)) {
		check(ctx.errors == 0);
		layers_check(&ctx, &list);
	} else {
		check(ctx.errors > 0);
	}
	ctx_release(&ctx);
	return 0;
}
