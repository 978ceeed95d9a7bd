/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "sim/scenario/tables.h"
#include "sim/scenario/value.h"

#define IN(form, member) .offset = offsetof(struct form, member)

enum { TRIES_DEFAULT = 5, TRIES_MOST = 20, CONNECTIONS_MOST = 60000 };

static const char *const transports[] = { "http", "tcp", "udp", NULL };

static const struct field live_fields[] = {
    { .name = "transport",
      .type = FIELD_CHOICE,
      IN(live_form, transport),
      .preset = LIVE_HTTP,
      .choices = transports,
      .help = "http: HTTP/1.1 with kept connections; tcp: lines of text; udp: datagrams" },
    { .name = "tls",
      .type = FIELD_FLAG,
      IN(live_form, tls),
      .preset = 0,
      .help = "http and tcp under TLS, with certificates made for the run" },
    { .name = "backends",
      .type = FIELD_NODE,
      IN(live_form, backends),
      .preset = NAN,
      .help = "servers that run already: for the name of a server group \"host:port\" of each of "
              "its servers; absent: lbsim's own" },
    { .name = "through",
      .type = FIELD_TEXT,
      IN(live_form, through),
      .preset = NAN,
      .help = "\"host:port\" of a balancer that runs already, to drive instead of lbsim's own" },
    { .name = "time_scale",
      .type = FIELD_NUMBER,
      IN(live_form, time_scale),
      .preset = 1,
      .least = 1e-3,
      .most = 1e6,
      .help = "real time by model time: with 10 the run is ten times as slow; results are divided "
              "back" },
    { .name = "duration",
      .type = FIELD_TIME,
      IN(live_form, duration),
      .preset = NAN,
      .least = 1e-3,
      .most = DURATION_MOST,
      .unit = UNIT_TIME,
      .help = "of one run, in model time; absent: as run has it" },
    { .name = "tries",
      .type = FIELD_WHOLE,
      IN(live_form, tries),
      .preset = TRIES_DEFAULT,
      .least = 1,
      .most = TRIES_MOST,
      .help = "runs of each policy until one is VALID, which depends on how quiet the machine is, "
              "not on what it measured" },
    { .name = "connections",
      .type = FIELD_WHOLE,
      IN(live_form, connections),
      .preset = NAN,
      .least = 1,
      .most = CONNECTIONS_MOST,
      .help = "that the clients may have to each balancer at once; absent: as many as this machine "
              "lets them" },
    { .name = NULL },
};
const struct shape shape_live = { .name = "live",
                                  .help = "how it is run over real sockets",
                                  .size = sizeof(struct live_form),
                                  .fields = live_fields };
