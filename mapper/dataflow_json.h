/* The key "dataflow" of an architecture file, read and written. */
#ifndef MAPPER_DATAFLOW_JSON_H
#define MAPPER_DATAFLOW_JSON_H

#include "base/json_doc.h"
#include "mapper/dataflow.h"

/* From the key's value; false with diagnostics. */
bool dataflow_from_json(struct ctx *ctx, const struct json_doc *doc,
	const cJSON *item, struct dataflow *out);
/* What dataflow_from_json reads back; NULL where it leaves out nothing. */
cJSON *dataflow_to_json(const struct dataflow *dataflow);
/* What a key inside it means; "" for one that is no key. */
const char *dataflow_meaning(const char *key);

#endif
