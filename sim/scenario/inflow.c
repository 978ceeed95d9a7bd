/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/inflow.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "sim/scenario/plain_file.h"

enum { BUFFER = 1 << 16 };
enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

struct inflow {
    FILE *file;
    enum packing packing;
    z_stream gzip;
    bool gzip_open, whole; /* whole: at the end of a compressed part, or before the first */
    ZSTD_DStream *zstd;
    unsigned char in[BUFFER], out[BUFFER];
    size_t in_n, in_at, out_n, out_at;
    char *line;
    size_t room;
    uint64_t number;
};

static const char out_of_memory[] = "out of memory";
static const char cut_off[] = "it ends in the middle of its compressed data";
static const char damaged[] = "its compressed data is damaged";

/* More bytes of the file: how many there are now, 0 at its end. */
static size_t refill(struct inflow *f, const char **why)
{
    if (f->in_at < f->in_n)
        return f->in_n - f->in_at;
    f->in_at = 0;
    f->in_n = fread(f->in, 1, sizeof f->in, f->file);
    if (f->in_n == 0 && ferror(f->file))
        *why = "it cannot be read";
    return f->in_n;
}

static void take_plain(struct inflow *f)
{
    f->out_n = f->in_n - f->in_at;
    memcpy(f->out, f->in + f->in_at, f->out_n);
    f->in_at = f->in_n;
}

/* A gzip file may have several members, one after the other. */
static void take_gzip(struct inflow *f, const char **why)
{
    int said;

    if (f->whole && inflateReset(&f->gzip) != Z_OK) {
        *why = damaged;
        return;
    }
    f->gzip.next_in = f->in + f->in_at;
    f->gzip.avail_in = (uInt)(f->in_n - f->in_at);
    f->gzip.next_out = f->out;
    f->gzip.avail_out = sizeof f->out;
    said = inflate(&f->gzip, Z_NO_FLUSH);
    f->in_at = f->in_n - f->gzip.avail_in;
    f->out_n = sizeof f->out - f->gzip.avail_out;
    f->whole = said == Z_STREAM_END;
    if (said != Z_OK && said != Z_STREAM_END && said != Z_BUF_ERROR)
        *why = damaged;
}

static void take_zstd(struct inflow *f, const char **why)
{
    ZSTD_inBuffer in = { f->in, f->in_n, f->in_at };
    ZSTD_outBuffer out = { f->out, sizeof f->out, 0 };
    size_t left = ZSTD_decompressStream(f->zstd, &out, &in);

    f->in_at = in.pos;
    f->out_n = out.pos;
    f->whole = left == 0;
    if (ZSTD_isError(left))
        *why = damaged;
}

/* What zstd holds back when its output was full comes without more input. */
static bool drain_zstd(struct inflow *f, const char **why)
{
    if (f->packing != PACKING_ZSTD || f->whole)
        return false;
    take_zstd(f, why);
    return f->out_n > 0;
}

/* More text in `out`: false at the end, or if something is wrong. */
static bool unpack(struct inflow *f, const char **why)
{
    f->out_n = f->out_at = 0;
    while (f->out_n == 0 && !*why) {
        if (refill(f, why) == 0) {
            if (!*why && !f->whole && f->packing != PACKING_NONE && !drain_zstd(f, why) && !*why)
                *why = cut_off;
            return f->out_n > 0 && !*why;
        }
        if (f->packing == PACKING_GZIP)
            take_gzip(f, why);
        else if (f->packing == PACKING_ZSTD)
            take_zstd(f, why);
        else
            take_plain(f);
    }
    return f->out_n > 0 && !*why;
}

static int begin(struct inflow *f, const char **why)
{
    static const unsigned char gzip[] = { 0x1f, 0x8b }, zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };
    size_t n;

    f->in_n = f->in_at = f->out_n = f->out_at = 0;
    f->number = 0;
    f->whole = true;
    n = refill(f, why);
    f->packing = n >= 2 && !memcmp(f->in, gzip, 2)   ? PACKING_GZIP
                 : n >= 4 && !memcmp(f->in, zstd, 4) ? PACKING_ZSTD
                                                     : PACKING_NONE;
    if (f->packing == PACKING_GZIP && !f->gzip_open) {
        f->gzip_open = inflateInit2(&f->gzip, 15 + 16) == Z_OK;
        *why = f->gzip_open ? *why : out_of_memory;
    }
    if (f->packing == PACKING_ZSTD) {
        f->zstd = f->zstd ? f->zstd : ZSTD_createDStream();
        if (!f->zstd || ZSTD_isError(ZSTD_initDStream(f->zstd)))
            *why = out_of_memory;
    }
    return *why ? -1 : 0;
}

struct inflow *inflow_of(FILE *file, const char **why)
{
    struct inflow *f = calloc(1, sizeof *f);

    *why = NULL;
    if (!f) {
        fclose(file);
        *why = out_of_memory;
        return NULL;
    }
    f->file = file;
    if (begin(f, why) == 0)
        return f;
    inflow_close(f);
    return NULL;
}

struct inflow *inflow_open(const char *path, const char **why)
{
    FILE *file = plain_file_open(path);

    if (file)
        return inflow_of(file, why);
    *why = errno == ENOENT ? "there is no such file" : plain_file_why(errno);
    return NULL;
}

void inflow_close(struct inflow *f)
{
    if (!f)
        return;
    if (f->gzip_open)
        inflateEnd(&f->gzip);
    ZSTD_freeDStream(f->zstd);
    fclose(f->file);
    free(f->line);
    free(f);
}

static bool add(struct inflow *f, size_t at, const unsigned char *bytes, size_t n, const char **why)
{
    char *more;

    if (at + n > INFLOW_LINE_MOST) {
        *why = "a line is longer than 1 MiB";
        return false;
    }
    if (at + n + 1 > f->room) {
        more = realloc(f->line, 2 * (at + n) + 256);
        if (!more) {
            *why = out_of_memory;
            return false;
        }
        f->line = more;
        f->room = 2 * (at + n) + 256;
    }
    memcpy(f->line + at, bytes, n);
    return true;
}

/* A line has been gathered: without CR, and without the mark that some editors put first. */
static char *finish(struct inflow *f, size_t n, const char **why)
{
    if (memchr(f->line, '\0', n)) {
        *why = "a line holds a zero byte";
        return NULL;
    }
    f->line[n] = '\0';
    if (n > 0 && f->line[n - 1] == '\r')
        f->line[n - 1] = '\0';
    return f->number == 1 && !strncmp(f->line, "\xef\xbb\xbf", 3) ? f->line + 3 : f->line;
}

char *inflow_line(struct inflow *f, const char **why)
{
    size_t n = 0;

    *why = NULL;
    for (;;) {
        const unsigned char *from = f->out + f->out_at, *end;
        size_t left = f->out_n - f->out_at;

        if (left == 0 && !unpack(f, why)) {
            if (n == 0 || *why)
                return NULL;
            f->number++;
            return finish(f, n, why);
        }
        if (left == 0)
            continue;
        end = memchr(from, '\n', left);
        left = end ? (size_t)(end - from) : left;
        if (!add(f, n, from, left, why)) {
            f->number++;
            return NULL;
        }
        n += left;
        f->out_at += left + (end ? 1 : 0);
        if (end) {
            f->number++;
            return finish(f, n, why);
        }
    }
}

uint64_t inflow_number(const struct inflow *f)
{
    return f->number;
}

int inflow_rewind(struct inflow *f, const char **why)
{
    *why = NULL;
    if (fseek(f->file, 0, SEEK_SET) != 0) {
        *why = "it cannot be read twice";
        return -1;
    }
    if (f->gzip_open)
        inflateReset(&f->gzip);
    return begin(f, why);
}
