/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/live_length.h"

#include <inttypes.h>
#include <math.h>

enum { LONG_S = 120 };

struct length {
    double seconds; /* if each policy is VALID at once */
    double most;
    uint64_t requests;
    uint32_t tries;
};

static int add_up(const struct live_order *order, const struct study *study, struct length *sum)
{
    const struct live_addresses none = { .backends = NULL };
    uint32_t i;

    *sum = (struct length) { .seconds = 0.0 };
    for (i = 0; i < study->contenders_n; i++) {
        struct session_order session;
        const int status = live_order_session(order, &none, NULL, &study->contenders[i], &session);

        if (status != EXIT_DONE)
            return status;
        sum->seconds += session_seconds(&session) + session_ping_seconds(&session);
        sum->most += session_most_seconds(&session) * session.tries;
        sum->requests += session.requests;
        sum->tries = session.tries;
    }
    return EXIT_DONE;
}

int live_length_print(const struct live_order *order, const struct study *study)
{
    struct length sum;
    const int status = add_up(order, study, &sum);

    if (status != EXIT_DONE)
        return status;
    printf("policies   %u, one after the other", study->contenders_n);
    if (sum.requests)
        printf("\nrequests   %" PRIu64 ", and pings", sum.requests);
    printf("\ntime       %.0f s if all are VALID at once, at most %.0f s with %u tries each\n",
           sum.seconds, sum.most, sum.tries);
    return EXIT_DONE;
}

int live_length_warn(const struct live_order *order, const struct study *study)
{
    struct length sum;
    const int status = add_up(order, study, &sum);

    if (status == EXIT_DONE && sum.seconds > LONG_S && !order->order.quiet)
        fprintf(stderr,
                "this takes %.0f min at least: --requests N, --duration T or --policy P make it "
                "shorter\n",
                ceil(sum.seconds / 60.0));
    return status;
}
