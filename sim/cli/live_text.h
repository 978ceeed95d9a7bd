/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What live results and validations are both written with. */
#ifndef SIM_LIVE_TEXT_H
#define SIM_LIVE_TEXT_H

#include "sim/cli/live_report.h"

/* "name": value, then `after`. */
void live_json_text(FILE *, const char *name, const char *text, const char *after);
/* Of what is none: "name": null, "name_why": why. */
void live_json_pair(FILE *, const char *name, double value, const char *why, const char *after);
/* The same of what is always known. */
void live_json_known(FILE *, const char *name, double value, const char *after);
/* "value": 1, and after it low and high where there is an interval, or "why" there is no value;
 * then a comma. */
void live_json_value(FILE *, double value, double low, double high, const char *why);
/* "name": {"value": 1, "unit": "s"}, with low and high where there is an interval; of what is none
 * with "why". */
void live_json_number(FILE *, const struct live_number *);
/* What a try was gated by: "overhead_p99.9": ..., and so on, then `after`. NAN: not known. */
struct live_reading {
    double overhead, send, steal, slow_share, rate;
};
void live_json_reading(FILE *, const struct live_reading *, const char *after);
/* "tries": [...] of both phases; `gate` is what the gate's answer is called. */
void live_json_tries(FILE *, const struct live_session *, const char *gate);

/* The transport's name: "http". */
const char *live_transport_name(enum live_transport);

#endif
