/* The blob's record ARCH, written and compared by the column 'blob' of
 * mapper/arch_keys.def. Comparing: config_check_arch (config.h). */
#ifndef CODEGEN_CONFIG_ARCH_H
#define CODEGEN_CONFIG_ARCH_H

#include "codegen/config_tables.h"
#include "mapper/arch.h"

void config_add_arch(struct config_tables *tables, const struct arch *arch);

#endif
