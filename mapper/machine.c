/* DRAM, scratchpad and register files as stores and links. */
#include "mapper/machine.h"

#include <assert.h>
#include <string.h>

const char *component_name(enum component component)
{
	static const char *const names[] = {
#define COMPONENT(id, name, column, what) name,
#include "mapper/components.def"
#undef COMPONENT
	};
	return names[component];
}

const char *bound_by_name(enum bound_by bound)
{
	static const char *const names[] = {
		[BOUND_COMPUTE] = "compute",
		[BOUND_NOC] = "network",
		[BOUND_REDUCTION] = "reduction",
		[BOUND_DMA] = "DMA",
	};
	static_assert(sizeof names / sizeof *names == BOUND_COUNT, "one each");
	return names[bound];
}

void machine_add_store(struct machine *m, enum component component,
	double access_pj, const int64_t may_skip[OPND_COUNT])
{
	assert(m->stores < STORES_MAX && m->slots < SLOTS_MAX);
	struct store *store = &m->store[m->stores++];
	*store = (struct store){
		.component = component,
		.access_pj = access_pj,
		.inside = m->slots++,
	};
	if (may_skip)
		memcpy(store->may_skip, may_skip, sizeof store->may_skip);
}

struct link *machine_add_link(
	struct machine *m, enum link_kind kind, bool copies)
{
	assert(m->stores > 0 && m->slots + copies < SLOTS_MAX);
	struct link *link = &m->link[m->stores - 1];
	*link = (struct link){.kind = kind, .around = m->slots};
	if (copies)
		m->fans_out[m->slots++] = true;
	link->inside = m->slots;
	return link;
}

struct machine machine_of_arch(const struct arch *arch)
{
	struct machine m = {
		.arch = arch,
		.mac_pj = arch->mac_pj,
		.gated = arch->mac_gating,
	};
	struct link *link;
	for (int o = 0; o < OPND_COUNT; o++)
		m.word[o] = arch_word(arch, (enum operand)o);

	machine_add_store(&m, COMPONENT_DRAM, arch->dram_pj, NULL);
	link = machine_add_link(&m, LINK_BURSTS, false);
	link->overlap = arch->spm_buffers == 1 ? OVERLAP_TURNS : OVERLAP_DOUBLE;
	link->cause = BOUND_DMA;
	link->component = COMPONENT_DRAM;
	link->parallel = arch->dma_parallel;

	machine_add_store(&m, COMPONENT_SPM, arch->spm_pj, arch->spm_bypass);
	link = machine_add_link(&m, LINK_WORDS, true);
	link->overlap = OVERLAP_STALL;
	link->cause = BOUND_NOC;
	link->component = COMPONENT_NOC;
	link->word_pj = arch->noc_pj;
	link->port_words = arch->spm_ports * arch->port_words;
	link->parallel = true;
	link->adds_free = arch->reduction_tree;
	memcpy(link->words, arch->noc_words, sizeof link->words);

	machine_add_store(&m, COMPONENT_RF, arch->rf_pj, arch->rf_bypass);
	return m;
}
