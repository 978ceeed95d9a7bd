/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/try_logs.h"

#include <errno.h>
#include <string.h>

#include "sim/cli/cli.h"

/* ---- A log a try. */

void try_logs_begin(struct try_logs *logs, const struct policy_spec *policy)
{
    memset(logs, 0, sizeof *logs);
    logs->policy = policy;
}

const struct policy_spec *try_logs_next(struct try_logs *logs, uint32_t n)
{
    if (n >= SESSION_TRIES_MOST || logs->at[n].log) {
        logs->failed = true;
        return logs->policy;
    }
    logs->at[n].file = tmpfile();
    logs->at[n].log = logs->at[n].file ? decision_log_open(logs->policy, logs->at[n].file) : NULL;
    logs->failed |= !logs->at[n].log;
    return logs->at[n].log ? decision_log_policy(logs->at[n].log) : logs->policy;
}

FILE *try_logs_file(const struct try_logs *logs, uint32_t n)
{
    FILE *file = n < SESSION_TRIES_MOST ? logs->at[n].file : NULL;

    if (file)
        rewind(file);
    return file;
}

void try_logs_close(struct try_logs *logs)
{
    uint32_t i;

    for (i = 0; i < SESSION_TRIES_MOST; i++) {
        if (logs->at[i].log)
            decision_log_close(logs->at[i].log);
        if (logs->at[i].file)
            fclose(logs->at[i].file);
    }
    memset(logs, 0, sizeof *logs);
}

/* ---- What is kept. */

static int broken(const struct kept_logs *kept)
{
    cli_say("--decisions %s: %s", kept->path, strerror(errno));
    return EXIT_MACHINE;
}

int kept_logs_open(struct kept_logs *kept, const char *path)
{
    kept->path = NULL;
    kept->any = false;
    if (!path)
        return EXIT_DONE;
    if (whole_file_open(&kept->file, path)) {
        cli_say("--decisions %s: %s", path, strerror(errno));
        return EXIT_MACHINE;
    }
    kept->path = path;
    return EXIT_DONE;
}

int kept_logs_add(struct kept_logs *kept, FILE *log)
{
    char block[1 << 16];
    size_t n;

    if (!kept->path || !log)
        return EXIT_DONE;
    while ((n = fread(block, 1, sizeof block, log)) > 0)
        if (fwrite(block, 1, n, kept->file.out) < n)
            return broken(kept);
    kept->any = true;
    return ferror(log) ? broken(kept) : EXIT_DONE;
}

int kept_logs_close(struct kept_logs *kept)
{
    int failed;

    if (!kept->path)
        return EXIT_DONE;
    failed = whole_file_end(&kept->file, kept->any && !ferror(kept->file.out));
    return failed ? broken(kept) : EXIT_DONE;
}
