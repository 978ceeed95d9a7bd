/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/mechanism/admission.h"

#include "models/arithmetic.h"
#include "models/mechanism/slots.h"

void admission_open(struct admission *admission, const struct admission_spec *spec)
{
    *admission = (struct admission) { .spec = spec };
}

/* Counts are whole numbers, so the sums stay exact. */
static void pass(struct admission *a, lb_time now)
{
    int64_t slot = slot_of(now, a->spec->window, ADMISSION_SLOTS);

    a->all_requests -= slots_pass(a->requests, ADMISSION_SLOTS, a->slot, slot);
    a->all_accepts -= slots_pass(a->accepts, ADMISSION_SLOTS, a->slot, slot);
    a->slot = slot;
}

static double envoy(const struct admission_spec *spec, double excess)
{
    double p = spec->aggression == 1.0 ? excess : exact_pow(excess, 1.0 / spec->aggression);

    return p < spec->cap ? p : spec->cap;
}

double admission_rejects(struct admission *admission, lb_time now)
{
    const struct admission_spec *spec = admission->spec;
    double excess, granted;

    pass(admission, now);
    granted = spec->kind == ADMISSION_SRE ? spec->k * admission->all_accepts
                                          : admission->all_accepts / spec->threshold;
    excess = (admission->all_requests - granted) / (admission->all_requests + 1.0);
    if (excess <= 0.0)
        return 0.0;
    return spec->kind == ADMISSION_SRE ? excess : envoy(spec, excess);
}

void admission_came(struct admission *admission, bool turned_away, lb_time now)
{
    if (turned_away && admission->spec->kind == ADMISSION_ENVOY)
        return;
    pass(admission, now);
    admission->requests[admission->slot % ADMISSION_SLOTS] += 1.0;
    admission->all_requests += 1.0;
}

void admission_succeeded(struct admission *admission, lb_time now)
{
    pass(admission, now);
    admission->accepts[admission->slot % ADMISSION_SLOTS] += 1.0;
    admission->all_accepts += 1.0;
}
