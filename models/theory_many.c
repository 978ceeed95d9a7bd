/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closed forms of many servers: Erlang's formulas and finite rooms. */
#include <math.h>
#include <stdio.h>

#include "models/theory.h"
#include "models/theory_begin.h"

/* B(j) = a B(j-1) / (j + a B(j-1)), B(0) = 1: no overflow, no cancellation. */
double theory_erlang_loss(double offered, uint32_t servers)
{
    double loss = 1.0;
    uint32_t j;

    for (j = 1; j <= servers && loss > 0.0; j++)
        loss = offered * loss / (j + offered * loss);
    return loss;
}

const char *theory_mmc(double rate, double service_mean, uint32_t servers,
                       struct theory_answer *answer)
{
    const double offered = rate * service_mean, load = offered / servers;
    const char *wrong = theory_begin(answer, rate, service_mean, load);
    double loss, waiting, spread;

    if (wrong)
        return wrong;
    loss = theory_erlang_loss(offered, servers);
    waiting = loss / (1.0 - load * (1.0 - loss));
    snprintf(answer->model, sizeof answer->model, "M/M/%u", (unsigned)servers);
    answer->law = THEORY_DELAY;
    answer->wait_probability = waiting;
    answer->wait_rate = servers * (1.0 - load) / service_mean;
    answer->wait_mean = waiting / answer->wait_rate;
    spread = waiting * (2.0 - waiting) / (answer->wait_rate * answer->wait_rate);
    answer->latency_stddev = sqrt(spread + service_mean * service_mean);
    theory_finish(answer, rate, answer->wait_mean + service_mean);
    return NULL;
}

const char *theory_erlang_b(double rate, double service_mean, uint32_t servers,
                            struct theory_answer *answer)
{
    const double offered = rate * service_mean;
    const char *wrong = theory_begin_any_load(answer, rate, service_mean, offered / servers);

    if (wrong)
        return wrong;
    snprintf(answer->model, sizeof answer->model, "M/G/%u/%u", (unsigned)servers,
             (unsigned)servers);
    answer->rejected = theory_erlang_loss(offered, servers);
    answer->wait_mean = answer->wait_probability = 0.0;
    theory_finish(answer, rate, service_mean);
    return NULL;
}

/* Weights, not normalised: of a free server or all busy and none waiting (`calm`), of any waiting,
 * of all servers busy, of all places taken; and the number waiting times weight. k waiting weigh
 * load^k, or load^(k - places) where that would grow. */
struct room {
    double calm, waiting, busy, full, length;
};

static struct room fill_room(double load, double all_busy, uint32_t places)
{
    const bool falling = load <= 1.0;
    const double ratio = falling ? load : 1.0 / load;
    struct room room = { 0 };
    double weight = 1.0;
    uint32_t i;

    for (i = 0; i <= places && weight > 0.0; i++) {
        const uint32_t k = falling ? i : places - i;

        room.busy += weight;
        room.length += k * weight;
        if (k == places)
            room.full = weight;
        if (k == 0)
            room.calm = weight / all_busy;
        else
            room.waiting += weight;
        weight *= ratio;
    }
    return room;
}

const char *theory_mmck(double rate, double service_mean, uint32_t servers, uint32_t places,
                        struct theory_answer *answer)
{
    const double offered = rate * service_mean, load = offered / servers;
    const char *wrong = theory_begin_any_load(answer, rate, service_mean, load);
    double total, accepted;
    struct room room;

    if (wrong)
        return wrong;
    room = fill_room(load, theory_erlang_loss(offered, servers), places);
    total = room.calm + room.waiting;
    accepted = 1.0 - room.full / total;
    snprintf(answer->model, sizeof answer->model, "M/M/%u/%llu", (unsigned)servers,
             (unsigned long long)servers + places);
    answer->rejected = room.full / total;
    answer->wait_mean = room.length / total / (rate * accepted);
    answer->wait_probability = (room.busy - room.full) / total / accepted;
    theory_finish(answer, rate, answer->wait_mean + service_mean);
    return NULL;
}
