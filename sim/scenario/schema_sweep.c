/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/schema_part.h"

cJSON *schema_sweep(void)
{
    return schema_type("object");
}
