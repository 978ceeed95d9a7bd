/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A circuit breaker over a window of ten slots. */
#include "models/mechanism/breaker.h"

#include <string.h>

static void forget(struct breaker *breaker)
{
    memset(breaker->requests, 0, sizeof breaker->requests);
    memset(breaker->errors, 0, sizeof breaker->errors);
}

/* Clears the slots that the window has left, and says which one now is. */
static uint32_t slot_of(struct breaker *breaker, const struct breaker_spec *spec, lb_time now)
{
    const lb_time width = spec->window / BREAKER_SLOTS;
    const int64_t slot = now / (width > 0 ? width : 1);

    if (slot - breaker->slot >= BREAKER_SLOTS) {
        forget(breaker);
        breaker->slot = slot;
    }
    while (breaker->slot < slot) {
        breaker->slot++;
        breaker->requests[breaker->slot % BREAKER_SLOTS] = 0;
        breaker->errors[breaker->slot % BREAKER_SLOTS] = 0;
    }
    return (uint32_t)(breaker->slot % BREAKER_SLOTS);
}

static bool too_many(const struct breaker *breaker, const struct breaker_spec *spec)
{
    uint64_t requests = 0, errors = 0;
    int i;

    for (i = 0; i < BREAKER_SLOTS; i++) {
        requests += breaker->requests[i];
        errors += breaker->errors[i];
    }
    return requests >= spec->least_requests && (double)errors / (double)requests >= spec->errors;
}

static bool open_it(struct breaker *breaker, const struct breaker_spec *spec, lb_time now)
{
    breaker->state = BREAKER_OPEN;
    breaker->until = spec->open < LB_NEVER - now ? now + spec->open : LB_NEVER;
    return true;
}

static uint32_t trials(const struct breaker_spec *spec)
{
    return spec->half_open > 0 ? spec->half_open : 1;
}

bool breaker_allows(struct breaker *breaker, const struct breaker_spec *spec, lb_time now)
{
    if (breaker->state == BREAKER_CLOSED)
        return true;
    if (breaker->state == BREAKER_OPEN) {
        if (now < breaker->until)
            return false;
        breaker->state = BREAKER_HALF_OPEN;
        breaker->out = breaker->good = 0;
    }
    return breaker->out < trials(spec);
}

void breaker_sent(struct breaker *breaker, const struct breaker_spec *spec, lb_time now)
{
    if (breaker_allows(breaker, spec, now) && breaker->state == BREAKER_HALF_OPEN)
        breaker->out++;
}

static bool counted(struct breaker *breaker, const struct breaker_spec *spec, bool failed,
                    lb_time now)
{
    const uint32_t slot = slot_of(breaker, spec, now);

    breaker->requests[slot]++;
    breaker->errors[slot] += failed;
    return failed && too_many(breaker, spec) && open_it(breaker, spec, now);
}

static bool tried(struct breaker *breaker, const struct breaker_spec *spec, bool failed,
                  bool cancelled, lb_time now)
{
    if (breaker->out == 0)
        return false; /* it was sent before the breaker opened */
    breaker->out--;
    if (cancelled)
        return false;
    if (failed)
        return open_it(breaker, spec, now);
    if (++breaker->good < trials(spec))
        return false;
    breaker->state = BREAKER_CLOSED;
    forget(breaker);
    return true;
}

bool breaker_done(struct breaker *breaker, const struct breaker_spec *spec, bool failed,
                  bool cancelled, lb_time now)
{
    switch (breaker->state) {
    case BREAKER_CLOSED:
        return !cancelled && counted(breaker, spec, failed, now);
    case BREAKER_HALF_OPEN:
        return tried(breaker, spec, failed, cancelled, now);
    case BREAKER_OPEN:
        break;
    }
    return false;
}
