/* The cost model's prices; mapper/model.h has what is asked for often. */
#include "mapper/model.h"

struct prices prices_at(const struct machine *m, int link)
{
	const struct store *inner = &m->store[m->stores - 1];
	struct prices p = {.mac = m->mac_pj};
	for (int o = 0; o < OPND_COUNT; o++) {
		double word = m->word[o];
		/* Read, and O written, too. */
		p.registers[o] = ways_of(o) * word * inner->access_pj;
		p.noc[o] = m->link[link].word_pj * word;
		p.spm[o] = m->store[link].access_pj * word;
		p.dram[o] = m->store[0].access_pj * word;
	}
	p.add_rf = m->store[link + 1].access_pj * m->word[OPND_O];
	p.add = (3 * p.add_rf + p.noc[OPND_O]) + p.mac;
	return p;
}

struct prices prices_of(const struct arch *arch)
{
	const struct machine machine = machine_of_arch(arch);
	return prices_at(&machine, LINK_NOC);
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

void sent_parts(const struct machine *m, int link, const struct sent *s,
	double k, double pj[COMPONENT_COUNT])
{
	const struct prices p = prices_at(m, link);
	int o = s->operand;
	double noc = s->delivered * p.noc[o], spm = s->words * p.spm[o];
	pj[COMPONENT_MAC] += s->added * p.mac * k;
	pj[m->store[link + 1].component] += 3 * s->added * p.add_rf * k;
	pj[m->link[link].component] +=
		(noc * s->ways + s->added * p.noc[o]) * k;
	pj[m->store[link].component] += spm * s->ways * k;
}
