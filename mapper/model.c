/* The cost model's prices; mapper/model.h has what is asked for often. */
#include "mapper/model.h"

struct prices prices_of(const struct arch *arch)
{
	struct prices p = {.mac = arch->mac_pj};
	for (int o = 0; o < OPND_COUNT; o++) {
		double word = arch_word(arch, (enum operand)o);
		/* Read, and O written, too. */
		p.registers[o] = ways_of(o) * word * arch->rf_pj;
		p.noc[o] = arch->noc_pj * word;
		p.spm[o] = arch->spm_pj * word;
		p.dram[o] = arch->dram_pj * word;
	}
	p.add_rf = arch->rf_pj * arch_word(arch, OPND_O);
	p.add = (3 * p.add_rf + p.noc[OPND_O]) + p.mac;
	return p;
}

struct prices prices_least(const struct arch *arch)
{
	struct prices p = prices_of(arch);
	for (int o = 0; o < OPND_COUNT; o++) {
		if (arch->rf_bypass[o])
			p.registers[o] = 0;
		if (arch->spm_bypass[o])
			p.spm[o] = 0;
	}
	return p;
}

double multiplication_pj(const struct prices *p)
{
	double pj = p->mac;
	for (int o = 0; o < OPND_COUNT; o++)
		pj += p->registers[o];
	return pj;
}

void sent_parts(const struct prices *p, const struct sent *s, double k,
	double pj[COMPONENT_COUNT])
{
	int o = s->operand;
	double noc = s->delivered * p->noc[o], spm = s->words * p->spm[o];
	pj[COMPONENT_MAC] += s->added * p->mac * k;
	pj[COMPONENT_RF] += 3 * s->added * p->add_rf * k;
	pj[COMPONENT_NOC] += (noc * s->ways + s->added * p->noc[o]) * k;
	pj[COMPONENT_SPM] += spm * s->ways * k;
}
