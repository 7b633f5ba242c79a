package io.millrace.connectors.cdn;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.http.Answer;
import java.util.Set;
import org.apache.kafka.connect.errors.DataException;

/** What answers mean that do not confirm. */
final class Refusals {
    /** That of who asks: the same for whatever is asked. */
    private static final Set<Integer> OF_THE_ASKER = Set.of(401, 403, 405, 407, 501);

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
        if (answer.isForNow()) {
            return answer.refusedForNow(answer.toString());
        }
        if (status < 400) {
            return ofCache(answer, "redirects are not followed: give the address that it leads to");
        }
        return ofTarget(answer);
    }

    /** It takes nothing from us. */
    static DeliveryFailure ofCache(Answer answer, String hint) {
        return new DeliveryFailure(FailureKind.TARGET, answer + ": " + hint, null);
    }

    /** It does not take a target. */
    static DeliveryFailure ofTarget(Answer answer) {
        return new DeliveryFailure(FailureKind.RECORD, answer.toString(), answer.refusal(answer.toString()));
    }

    /** The target is none for this cache, whatever it would answer. */
    static DeliveryFailure ofTarget(String message) {
        return new DeliveryFailure(FailureKind.RECORD, message, new DataException(message));
    }
}
