/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of kinds. */
#include "models/distribution.h"

#include <string.h>

#define DISTRIBUTION(name) extern const struct distribution_kind distribution_##name;
#include "models/distribution/distributions.def"
#undef DISTRIBUTION

#define DISTRIBUTION(name) &distribution_##name,
const struct distribution_kind *const distribution_kinds[] = {
#include "models/distribution/distributions.def"
    NULL
};
#undef DISTRIBUTION

const struct distribution_kind *distribution_kind(const char *name)
{
    const struct distribution_kind *const *kind;

    for (kind = distribution_kinds; *kind; kind++)
        if (!strcmp((*kind)->name, name))
            return *kind;
    return NULL;
}

struct distribution distribution_constant(double value)
{
    return (struct distribution) { .kind = &distribution_deterministic, .p = { value } };
}

int distribution_is_constant(const struct distribution *d)
{
    return !(d->kind->variance(d) > 0.0);
}
