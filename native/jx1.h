/* Running what the guard granted: one visit to a session's keeper, over the protocol JX1 (jackline.contain.keeper.visit).
 *
 * In: the keeper's socket and a ticket. The program runs on this process's own three streams, with its environment, and
 * gets the signals that this process gets. Out: the program's exit code, or a sentence that says why it did not start.
 * Guaranteed: nothing is run here; a keeper that goes away is no success.
 */
#ifndef JACKLINE_JX1_H
#define JACKLINE_JX1_H

#include <stddef.h>

enum { JX1_NOT_STARTED = 125, JX1_DENIED = 126, JX1_MAX_SENTENCE = 4096 };

/* Split what the guard answered to an `exec` ("PLACE\0TICKET", `size` bytes, a NUL behind them). Returns 0, or -1. */
int jx1_granted(char *answer, size_t size, const char **place, const char **ticket);

/* Visit, and stay until the program ends. Returns its exit code, with `sentence` empty; else JX1_NOT_STARTED. */
int jx1_visit(const char *place, const char *ticket, char sentence[JX1_MAX_SENTENCE]);

#endif
