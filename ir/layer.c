/* Nodes that are no layers stay between the layers that they stood between. */
#include "ir/layer.h"

void layers_keep_order(
	struct layer_list *list, size_t *node, size_t i, size_t kept)
{
	for (; *node < list->unmapped_count &&
		list->unmapped[*node].before_layer <= i;
		++*node)
		list->unmapped[*node].before_layer = kept;
}
