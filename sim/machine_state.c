/* Where the machine is in its loops: going on to the next, or stopping there.
 */
#include "sim/machine_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool machine_turn(
	const struct reference *m, uint64_t *at, uint32_t first, uint32_t last)
{
	for (uint32_t k = last; k-- > first;) {
		if (++at[k] < m->counter[k].trips)
			return true;
		at[k] = 0;
	}
	return false;
}

/* --- faults --------------------------------------------------------------- */

static void fault_add(struct machine_fault *fault, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void fault_add(struct machine_fault *fault, const char *format, ...)
{
	size_t length = strlen(fault->text);
	va_list args;
	va_start(args, format);
	vsnprintf(fault->text + length, sizeof fault->text - length, format,
		args);
	va_end(args);
}

static void fault_at(struct reference *m, const char *level, const uint64_t *at,
	uint32_t first, uint32_t last)
{
	static const char *const loops[] = {
		"N", "M", "C", "Ox", "Oy", "Fx", "Fy"};
	if (first == last)
		return;
	fault_add(m->fault, "%s", level);
	for (uint32_t k = first; k < last; k++)
		fault_add(m->fault, " %s=%llu", loops[m->counter[k].loop],
			(unsigned long long)at[k]);
	fault_add(m->fault, ", ");
}

bool machine_stop(
	struct reference *m, const uint64_t *dram, const char *format, ...)
{
	uint64_t run = 0;
	char text[200];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	for (uint32_t k = 0; k < m->placement.instance_count; k++)
		run = run * m->instance[k].trips + m->trip[k];
	m->fault->text[0] = 0;
	fault_add(m->fault, "run %llu, ", (unsigned long long)run);
	fault_at(m, "DRAM", dram, 0, m->spm_first);
	fault_at(m, "SPM", m->at, m->spm_first, m->pe_first);
	m->fault->text[strlen(m->fault->text) - 2] = 0;
	fault_add(m->fault, ": %s", text);
	return false;
}
