/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random retries, deadlines, hedges, copies, parts and queues: at work, or on and never needed. */
#include "tests/property/dice.h"
#include "tests/property/random_scenario.h"

/* Longer than anything takes, but not so long that health checks go on for years. */
static double for_ever(const struct sketch *s)
{
    return fmin(9e7, 1000.0 * sketch_span(s) + 1000.0 * s->unit);
}

/* Some services long, `least` to `most`. */
static double stretch(struct sketch *s, double least, double most)
{
    struct lb_random *r = &s->more;
    double ticks = magnitude(r, least, most);

    return fmax(1e-9, s->unit * (s->ties ? ceil(ticks) : ticks));
}

/* A quantity that its own dice draw. */
static void quantity(struct sketch *s, double mean)
{
    struct lb_random kept = s->dice;

    s->dice = s->more;
    sketch_quantity(s, mean);
    s->more = s->dice;
    s->dice = kept;
}

static void budget(struct sketch *s)
{
    struct lb_random *r = &s->more;

    switch (lb_below(r, 3)) {
    case 0:
        fprintf(s->out, ", \"budget\": { \"ratio\": %.17g, \"floor\": %.17g, \"window\": %.17g }",
                lb_unit(r), lb_unit(r) / s->unit, fmax(1e-6, stretch(s, 10.0, 1000.0)));
        break;
    case 1:
        fprintf(s->out, ", \"budget\": { \"of\": \"active\", \"ratio\": %.17g, \"floor\": %u }",
                lb_unit(r), lb_below(r, 5));
        break;
    default:
        fprintf(s->out, ", \"budget\": { \"tokens\": %u, \"refill\": %.17g }", between(r, 1, 50),
                lb_unit(r));
        break;
    }
}

static void no_budget(struct sketch *s)
{
    fputs(chance(&s->more, 0.5)
              ? ", \"budget\": { \"ratio\": 0, \"floor\": 0 }"
              : ", \"budget\": { \"of\": \"active\", \"ratio\": 0, \"floor\": 0 }",
          s->out);
}

/* `timed`: an attempt may end by a time-out. */
static void failures(struct sketch *s, bool timed)
{
    static const char *const names[] = { "error", "timeout", "refused", "rejected" };
    struct lb_random *r = &s->more;
    uint32_t set = between(r, 1, 15) & (timed ? 15 : 13), i, n = 0;

    if (chance(r, 0.3) || !set)
        return;
    fputs(", \"on\": [", s->out);
    for (i = 0; i < 4; i++)
        if (set >> i & 1)
            fprintf(s->out, "%s\"%s\"", n++ ? ", " : "", names[i]);
    fputs("]", s->out);
}

static void backoff(struct sketch *s)
{
    static const char *const jitters[] = { "none", "full", "equal", "fifth" };
    struct lb_random *r = &s->more;

    if (chance(r, 0.3))
        return;
    fputs(", \"backoff\": ", s->out);
    if (chance(r, 0.4)) {
        quantity(s, stretch(s, 0.5, 20.0));
        return;
    }
    fprintf(s->out, "{ \"first\": %.17g, \"factor\": %u, \"jitter\": \"%s\"", stretch(s, 0.5, 5.0),
            between(r, 1, 3), jitters[lb_below(r, 4)]);
    if (chance(r, 0.5))
        fprintf(s->out, ", \"most\": %.17g", stretch(s, 5.0, 20.0));
    fputs(" }", s->out);
}

static void retry(struct sketch *s, bool timed, bool idle)
{
    struct lb_random *r = &s->more;

    fprintf(s->out, "\"retry\": { \"attempts\": %u", between(r, 2, 5));
    failures(s, timed);
    if (idle) {
        no_budget(s);
        return;
    }
    backoff(s);
    if (chance(r, 0.3))
        fputs(", \"work\": \"independent\"", s->out);
    if (chance(r, 0.4))
        budget(s);
}

/* ---- Clients. */

static void idle_tries(struct sketch *s, bool timed)
{
    struct lb_random *r = &s->more;

    if (chance(r, 0.5))
        fprintf(s->out, ", \"deadline\": %.17g", for_ever(s));
    if (chance(r, 0.5)) {
        fputs(", ", s->out);
        retry(s, timed, true);
        fputs(" }", s->out);
    }
    if (chance(r, 0.3))
        fputs(", \"fan_out\": { \"parts\": 1 }", s->out);
}

void sketch_tries(struct sketch *s, bool timed)
{
    struct lb_random *r = &s->more;

    if (s->mechanisms == MECHANISMS_NONE)
        return;
    if (s->mechanisms == MECHANISMS_IDLE) {
        idle_tries(s, timed);
        return;
    }
    if (!timed && (s->falling || chance(r, 0.3))) {
        fprintf(s->out, ", \"timeout\": %.17g", stretch(s, 0.5, 50.0));
        timed = true;
    }
    if (chance(r, 0.4)) {
        fputs(", ", s->out);
        retry(s, timed, false);
        fputs(" }", s->out);
    }
    if (chance(r, 0.25)) {
        fprintf(s->out, ", \"deadline\": %.17g", stretch(s, 1.0, 100.0));
        timed = true;
    }
    if (timed && chance(r, 0.4)) {
        fputs(", \"cancel\": { \"on_timeout\": true", s->out);
        if (chance(r, 0.4))
            fprintf(s->out, ", \"cost\": %.17g", stretch(s, 0.01, 0.5));
        fputs(" }", s->out);
    }
    if (chance(r, 0.15)) {
        uint32_t parts = between(r, 1, 4);

        fprintf(s->out, ", \"fan_out\": { \"parts\": %u", parts);
        if (chance(r, 0.6))
            fprintf(s->out, ", \"need\": %u", between(r, 1, parts));
        fputs(" }", s->out);
    }
}

/* ---- Balancers. */

static void hedge(struct sketch *s)
{
    struct lb_random *r = &s->more;

    fputs("\"hedge\": { \"after\": ", s->out);
    if (chance(r, 0.5))
        fprintf(s->out, "%.17g", chance(r, 0.1) ? 0.0 : stretch(s, 0.1, 10.0));
    else
        fprintf(s->out, "{ \"quantile\": %.17g, \"window\": %.17g, \"least\": %u }",
                0.05 + 0.9 * lb_unit(r), fmax(1e-6, stretch(s, 50.0, 5000.0)), between(r, 1, 30));
    if (chance(r, 0.5))
        fprintf(s->out, ", \"most\": %u", between(r, 2, 4));
    if (chance(r, 0.4))
        budget(s);
    fputs(" }", s->out);
}

static void copies(struct sketch *s)
{
    static const char *const cancels[] = { "on_completion", "on_start", "never" };
    struct lb_random *r = &s->more;
    uint32_t cancel = lb_below(r, 3);

    fprintf(s->out, "\"copies\": { \"work\": \"%s\", \"cancel\": \"%s\"",
            chance(r, 0.5) ? "identical" : "independent", cancels[cancel]);
    if (cancel < 2 && chance(r, 0.3))
        fprintf(s->out, ", \"cancel_cost\": %.17g", stretch(s, 0.01, 0.5));
    if (cancel < 2 && chance(r, 0.3)) {
        fputs(", \"cancel_delay\": ", s->out);
        quantity(s, chance(r, 0.2) ? 0.0 : stretch(s, 0.05, 3.0));
    }
    fputs(" }", s->out);
}

static const char *comma(uint32_t *n)
{
    return (*n)++ ? ", " : "";
}

static void idle_attempts(struct sketch *s)
{
    struct lb_random *r = &s->more;
    bool timed = chance(r, 0.5);
    uint32_t n = 0;

    fputs(", \"attempts\": { ", s->out);
    if (timed)
        fprintf(s->out, "%s\"timeout\": %.17g", comma(&n), for_ever(s));
    if (chance(r, 0.5))
        fprintf(s->out, "%s\"deadline\": %.17g", comma(&n), for_ever(s));
    if (chance(r, 0.5)) {
        fputs(comma(&n), s->out);
        retry(s, timed, true);
        fprintf(s->out, ", \"exclude_tried\": %s }", chance(r, 0.5) ? "true" : "false");
    }
    if (chance(r, 0.5))
        fprintf(s->out, "%s\"hedge\": { \"after\": %.17g, \"most\": 3 }", comma(&n), for_ever(s));
    if (n == 0)
        fprintf(s->out, "\"timeout\": %.17g", for_ever(s));
    fputs(" }", s->out);
}

static void queue(struct sketch *s)
{
    static const char *const orders[] = { "fifo", "lifo", "codel" };
    struct lb_random *r = &s->more;
    uint32_t order = lb_below(r, 3);

    fprintf(s->out, ", \"queue\": { \"order\": \"%s\"", orders[order]);
    if (chance(r, 0.6))
        fprintf(s->out, ", \"limit\": %u", lb_below(r, 40));
    if (chance(r, 0.4))
        fprintf(s->out, ", \"time_limit\": %.17g", stretch(s, 0.5, 30.0));
    if (order == 2)
        fprintf(s->out, ", \"target\": %.17g, \"interval\": %.17g", stretch(s, 0.1, 3.0),
                stretch(s, 1.0, 30.0));
    fputs(" }", s->out);
}

void sketch_attempts(struct sketch *s)
{
    struct lb_random *r = &s->more;
    bool timed;
    uint32_t n = 0;

    if (s->mechanisms == MECHANISMS_NONE)
        return;
    if (s->mechanisms == MECHANISMS_IDLE) {
        idle_attempts(s);
        return;
    }
    fputs(", \"attempts\": { ", s->out);
    timed = chance(r, 0.4);
    if (timed)
        fprintf(s->out, "%s\"timeout\": %.17g", comma(&n), stretch(s, 0.5, 30.0));
    if (chance(r, 0.25))
        fprintf(s->out, "%s\"deadline\": %.17g", comma(&n), stretch(s, 1.0, 60.0));
    s->repeats = chance(r, 0.5);
    if (s->repeats) {
        fputs(comma(&n), s->out);
        retry(s, timed, false);
        fprintf(s->out, ", \"exclude_tried\": %s }", chance(r, 0.6) ? "true" : "false");
    }
    if (chance(r, 0.35)) {
        fputs(comma(&n), s->out);
        s->repeats = true;
        hedge(s);
    }
    if (chance(r, 0.4)) {
        fputs(comma(&n), s->out);
        copies(s);
    }
    if (n == 0)
        fprintf(s->out, "\"timeout\": %.17g", for_ever(s));
    fputs(" }", s->out);
    if (chance(r, 0.35))
        queue(s);
}
