package io.millrace.deadletter;

import java.util.Optional;
import java.util.Set;

/**
 * Which dead letters of a topic are meant. What is empty leaves none out.
 *
 * @param ids these
 * @param reasons those that failed for one of these reasons
 * @param sinceMs those that failed then or later
 * @param untilMs those that failed earlier
 * @param key those with that key, as {@link RecordText#isKey} understands it
 * @param states those of which that became
 */
public record Selection(
        Set<DeadLetterId> ids,
        Set<String> reasons,
        Optional<Long> sinceMs,
        Optional<Long> untilMs,
        Optional<String> key,
        Set<State> states) {
    public Selection {
        ids = Set.copyOf(ids);
        reasons = Set.copyOf(reasons);
        states = Set.copyOf(states);
    }

    /** Those of which one of these became. */
    public Selection with(Set<State> others) {
        return new Selection(ids, reasons, sinceMs, untilMs, key, others);
    }

    /** Whether a dead letter is meant. */
    public boolean includes(DeadLetter letter, State state, RecordText text) {
        return (ids.isEmpty() || ids.contains(letter.id()))
                && (reasons.isEmpty() || reasons.contains(letter.reason()))
                && sinceMs.map(since -> letter.failedAtMs() >= since).orElse(true)
                && untilMs.map(until -> letter.failedAtMs() < until).orElse(true)
                && (states.isEmpty() || states.contains(state))
                && key.map(wanted -> text.isKey(letter.key(), wanted)).orElse(true);
    }
}
