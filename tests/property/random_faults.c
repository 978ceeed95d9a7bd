/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random faults, speeds that are drawn again and again, and servers that are slow at first. They
 * have dice of their own: the rest of a scenario is the same without them. */
#include "tests/property/dice.h"
#include "tests/property/random_scenario.h"

/* A time that depends on how long the run is. */
static void moment(struct sketch *s, const char *name, double least, double most)
{
    struct lb_random *r = &s->mishaps;
    double mean = fmax(sketch_span(s) * magnitude(r, least, most), 1e-7);

    if (s->ties)
        fprintf(s->out, ", \"%s\": %.17g", name, fmax(1.0, floor(mean / s->unit)) * s->unit);
    else if (chance(r, 0.3))
        fprintf(s->out, ", \"%s\": %.17g", name, mean);
    else
        fprintf(s->out, ", \"%s\": { \"distribution\": \"exponential\", \"mean\": %.17g }", name,
                mean);
}

static void what_happens(struct sketch *s)
{
    static const char *const states[] = { "drain", "refuse", "reset", "black_hole", "hang" };
    struct lb_random *r = &s->mishaps;

    if (chance(r, 0.3))
        fprintf(s->out, "\"speed\": %.17g", chance(r, 0.3) ? 0.0 : magnitude(r, 0.1, 4.0));
    else if (chance(r, 0.4))
        fprintf(s->out, "\"state\": \"down\"%s",
                s->losing && chance(r, 0.7) ? "" : ", \"jobs\": \"kept\"");
    else
        fprintf(s->out, "\"state\": \"%s\"", states[lb_below(r, 5)]);
}

static void fault(struct sketch *s, bool zoned)
{
    static const char *const together[] = { "server", "group", "zone" };

    fputs("{ ", s->out);
    what_happens(s);
    moment(s, "every", 0.05, 0.5);
    moment(s, "lasts", 0.002, 0.1);
    if (chance(&s->mishaps, 0.5))
        fprintf(s->out, ", \"together\": \"%s\"", together[lb_below(&s->mishaps, zoned ? 3 : 2)]);
    fputs(" }", s->out);
}

void sketch_faults(struct sketch *s, bool zoned)
{
    struct lb_random *r = &s->mishaps;
    uint32_t n = between(r, 0, 2), i;

    if (!s->unsteady)
        return;
    for (i = 0; i < n; i++) {
        fputs(i ? ", " : ", \"faults\": [ ", s->out);
        fault(s, zoned);
    }
    fputs(n ? " ]" : "", s->out);
    if (chance(r, 0.4))
        fprintf(s->out, ", \"warm_up\": { \"from\": %.17g, \"over\": %.17g }",
                magnitude(r, 0.01, 1.0), fmax(sketch_span(s) * magnitude(r, 0.001, 0.2), 1e-8));
}

bool sketch_redrawn_speed(struct sketch *s)
{
    struct lb_random *r = &s->mishaps;
    double redraw = sketch_span(s) * magnitude(r, 0.01, 0.5);

    if (!s->unsteady || redraw < 1e-6 || !chance(r, 0.3))
        return false;
    fprintf(s->out,
            ", \"speed\": { \"redraw\": %.17g, \"values\": [%.17g, 1], \"weights\": [1, %u] }",
            redraw, magnitude(r, 0.1, 4.0), between(r, 1, 5));
    return true;
}
