package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.http.Answer;
import java.time.Duration;
import java.util.Set;

/** What answers mean that do not confirm. None of the messages holds a target: they are logged, and a target is what a user wrote. */
final class Refusals {
    private static final int TOO_MANY = 429;

    /** We are not who may purge. */
    private static final Set<Integer> OF_THE_ASKER = Set.of(401, 407);

    /** The same for whatever is asked, unless a target has rules of its own. */
    private static final Set<Integer> DOUBTFUL = Set.of(403, 405, 501);

    private Refusals() {}

    /**
     * What an answer other than a confirmation means by HTTP's rules.
     *
     * @param hint what to do where the cache takes nothing at all from us
     */
    static DeliveryFailure of(Answer answer, String hint) {
        int status = answer.status();
        if (OF_THE_ASKER.contains(status)) {
            return ofCache(answer, hint);
        }
        if (DOUBTFUL.contains(status)) {
            return doubtful(answer, hint);
        }
        if (answer.isForNow()) {
            return forNow(answer);
        }
        if (status < 400) {
            return doubtful(answer, "redirects are not followed: give the address that it leads to");
        }
        return ofTarget(answer);
    }

    /** It may pass: of the server where that asks to be left alone, else perhaps of the target. */
    static DeliveryFailure forNow(Answer answer) {
        Duration pause = answer.retryAfter();
        return answer.status() == TOO_MANY || !pause.isZero()
                ? new DeliveryFailure(FailureKind.TRANSIENT, answer.toString(), null, pause)
                : answer.refusedForNow(answer.toString());
    }

    /** It takes nothing from us. */
    static DeliveryFailure ofCache(Answer answer, String hint) {
        return new DeliveryFailure(FailureKind.TARGET, answer + ": " + hint, null);
    }

    /** It takes nothing from us, or not this target. */
    static DeliveryFailure doubtful(Answer answer, String hint) {
        return new DoubtfulRefusal(answer + ": " + hint);
    }

    /** It does not take a target. */
    static DeliveryFailure ofTarget(Answer answer) {
        return new DeliveryFailure(FailureKind.RECORD, answer.toString(), answer.refusal(answer.toString()));
    }

    /** The target is none for this cache, whatever it would answer. */
    static DeliveryFailure ofTarget(String message) {
        return new Unasked(message);
    }
}
