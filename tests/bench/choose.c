/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The four policies of the skeleton.
 */
#include "tests/bench/choose.h"

/* More than any server ever has in flight under jsq: at the highest load that lbsim-reference
 * takes, 0.99, one server alone has as many with probability 0.99^65535. */
#define LENGTHS_MOST 65535

static uint32_t pick_random(struct balancer *balancer)
{
    return draw_one(&balancer->choices, balancer->servers);
}

static uint32_t pick_round_robin(struct balancer *balancer)
{
    const uint32_t server = balancer->turn;
    balancer->turn = server + 1 == balancer->servers ? 0 : server + 1;
    return server;
}

static uint32_t pick_p2c(struct balancer *balancer)
{
    const struct pair pair = draw_two(&balancer->choices, balancer->servers);
    const uint32_t *const in_flight = balancer->in_flight;
    return in_flight[pair.second] < in_flight[pair.first] ? pair.second : pair.first;
}

/* Any server of the first group that is not empty. */
static uint32_t pick_jsq(struct balancer *balancer)
{
    const struct lengths *const lengths = &balancer->lengths;
    const uint32_t least = balancer->in_flight[lengths->order[0]];
    const uint32_t group = lengths->start[least + 1];
    return lengths->order[draw_one(&balancer->choices, group)];
}

static void swap_places(struct lengths *lengths, uint32_t one, uint32_t other)
{
    const uint32_t server = lengths->order[one];
    const uint32_t partner = lengths->order[other];
    lengths->order[one] = partner;
    lengths->order[other] = server;
    lengths->place[partner] = one;
    lengths->place[server] = other;
}

/* in_flight[server] is the new length. Growing, the server goes to the end of its old group and the
 * edge moves before it; shrinking, to the front of its old group and the edge moves past it. */
static void move_between_groups(struct balancer *balancer, uint32_t server, int by)
{
    struct lengths *const lengths = &balancer->lengths;
    const uint32_t length = balancer->in_flight[server];
    const uint32_t place = lengths->place[server];
    if (by > 0) {
        swap_places(lengths, place, --lengths->start[length]);
    } else {
        swap_places(lengths, place, lengths->start[length + 1]++);
    }
}

static int lengths_start(struct lengths *lengths, uint32_t servers)
{
    lengths->most = LENGTHS_MOST;
    lengths->order = reference_memory(servers * sizeof *lengths->order);
    lengths->place = reference_memory(servers * sizeof *lengths->place);
    lengths->start = reference_memory((lengths->most + 1) * sizeof *lengths->start);
    if (lengths->order == NULL || lengths->place == NULL || lengths->start == NULL) {
        return -1;
    }
    for (uint32_t server = 0; server < servers; server++) {
        lengths->order[server] = server;
        lengths->place[server] = server;
    }
    for (uint32_t length = 1; length <= lengths->most; length++) {
        lengths->start[length] = servers;
    }
    return 0;
}

int balancer_start(struct balancer *balancer, const struct reference_options *options)
{
    static uint32_t (*const pick[REFERENCE_POLICIES])(struct balancer *) = {
        [REFERENCE_RANDOM] = pick_random,
        [REFERENCE_ROUND_ROBIN] = pick_round_robin,
        [REFERENCE_P2C] = pick_p2c,
        [REFERENCE_JSQ] = pick_jsq,
    };
    *balancer = (struct balancer) { .pick = pick[options->policy], .servers = options->servers };
    stream_start(&balancer->choices, options->seed, STREAM_POLICY);
    balancer->in_flight = reference_memory(options->servers * sizeof *balancer->in_flight);
    if (balancer->in_flight == NULL) {
        return -1;
    }
    if (options->policy != REFERENCE_JSQ) {
        return 0;
    }
    balancer->wants_changes = true;
    balancer->changed = move_between_groups;
    return lengths_start(&balancer->lengths, options->servers);
}
