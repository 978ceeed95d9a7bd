/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the inlet and the outlet of datagrams share: texts and sockets.
 *
 * A datagram is one message: a line as over TCP, a newline, and perhaps the bytes of a body. lbsim
 * adds a mark, the number of this very sending; what comes back for it says its mark, so that no
 * answer is ever taken for another one's:
 *
 *     request id=17 client=2 work=5000000 mark=4194305
 *     begun id=17 mark=4194305
 *     answer id=17 status=ok server=3 service=5000000 mark=4194305
 *     cancel id=17 mark=4194305
 *
 * Whatever else somebody sends is a stranger's request. A person can talk with `nc -u`. */
#ifndef SIM_DATAGRAM_H
#define SIM_DATAGRAM_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "sim/live/channel.h"

enum {
    DATAGRAM_TEXT_MOST = PARCEL_TEXT_MOST + 48, /* a line that lbsim writes */
    DATAGRAM_ROOM = 1500,                       /* what is kept of one that comes; lines are less */
    DATAGRAM_MOST = 65507,                      /* of IPv4; IPv6 carries 20 bytes more */
    DATAGRAM_BODY_MOST = DATAGRAM_MOST - DATAGRAM_TEXT_MOST,
    DATAGRAM_BATCH = 16, /* received at a time */
    DATAGRAM_TURNS = 4   /* batches in a row, before other events of the loop have their turn */
};

/* ---- Texts. */

struct datagram {
    struct parcel parcel; /* body: the bytes that came after the line */
    uint64_t mark;        /* 0: none */
    bool stranger;        /* a line that is none of lbsim's: a request whose key is the number that
                             it is, or a hash of it */
};

/* Reads one of which `n` bytes were kept and `whole` came. 0, or -1: its line is empty, longer than
 * what was kept, or no text, a number in it is none, or the bytes after it are not as many as it
 * says. */
int datagram_read(struct datagram *, const char *bytes, size_t n, size_t whole);
/* The mark that a text says, 0 if none, whatever else it says: it may have been cut off. */
uint64_t datagram_mark(const char *bytes, size_t n);
/* Writes a line, its newline included, without a 0: its length. */
size_t datagram_write(char text[DATAGRAM_TEXT_MOST], const struct parcel *, uint64_t mark);

/* ---- Sockets. */

/* Non-blocking, with room for as many datagrams as the system allows: a descriptor or -errno. */
int datagram_socket(int family);
/* What the kernel has granted as room for what comes, bytes as it counts them. */
uint64_t datagram_buffer(int socket);
/* How many datagrams it has dropped for lack of that room, so far. */
uint64_t datagram_drops(int socket);

struct datagram_peer {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at;
    socklen_t length;
};

/* Sends text and `body` bytes after it; peer NULL: to whom the socket is connected. 0 or an errno.
 */
int datagram_send(int socket, const struct datagram_peer *, const char *text, size_t n,
                  uint32_t body);

struct datagram_batch {
    struct {
        struct datagram_peer from;
        size_t n, whole; /* bytes kept; bytes that came */
        char bytes[DATAGRAM_ROOM];
    } came[DATAGRAM_BATCH];
};
/* How many came: 0 none, -1 an error of the socket, which is over by that. */
int datagram_receive(int socket, struct datagram_batch *);

/* Errors of what was sent come back with the beginning of its text (IP_RECVERR, ip(7)): the bytes
 * of the next one that could not be delivered, at most `room`. 0: it has no text; -1: no more. */
int datagram_want_returns(int socket, int family);
ssize_t datagram_returned(int socket, char *bytes, size_t room);

#endif
