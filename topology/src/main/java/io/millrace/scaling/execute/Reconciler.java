package io.millrace.scaling.execute;

import io.millrace.scaling.Decision;
import io.millrace.scaling.execute.Execution.State;
import java.util.OptionalInt;

/**
 * Says what is to be done about a service at a place. A number there that is neither what this executor left nor what it was about
 * to leave was set by somebody else; then nothing is done until the number is the decided one, or what was left before, or has
 * stood still for long: two controllers that each set their own number would do so for ever.
 */
final class Reconciler {
    /** What is to be done. */
    enum Step {
        NOTHING,
        CARRY_OUT,
        /** It is as decided already. */
        NOTE_DONE,
        /** Somebody else has changed it. */
        YIELD
    }

    private final long yieldMs;

    /**
     * A reconciler.
     *
     * @param yieldMs what somebody else set must stand still for so long before a decision is carried out over it
     */
    Reconciler(long yieldMs) {
        this.yieldMs = yieldMs;
    }

    /**
     * The next step.
     *
     * @param standing the decision that stands; null where none is known
     * @param again whether it is to be carried out though that failed before
     * @param last what was done last; null for nothing
     * @param ordered how many instances the place has been told to have; empty where it does not say
     */
    Step step(Decision standing, boolean again, Execution last, OptionalInt ordered, long nowMs) {
        boolean open = standing != null && !isOver(standing, again, last);
        if (ordered.isEmpty()) {
            return open ? Step.CARRY_OUT : Step.NOTHING;
        }
        int there = ordered.getAsInt();
        boolean asDecided = standing != null ? there == standing.to() : last != null && there == last.to();
        if (isForeign(last, there)) {
            if (asDecided) {
                return Step.NOTE_DONE;
            }
            if (!open && last.state() == State.FAILED) {
                // It lies in the dead letters; there is nothing that could be kept back.
                return Step.NOTHING;
            }
            if (last.state() != State.YIELDED || last.actual() != there) {
                return Step.YIELD;
            }
            return open && nowMs - last.sinceMs() >= yieldMs ? Step.CARRY_OUT : Step.NOTHING;
        }
        boolean returned = last != null && last.state() == State.YIELDED;
        if (!open && !returned) {
            return Step.NOTHING;
        }
        if (asDecided) {
            return Step.NOTE_DONE;
        }
        // Without the decision nobody knows whether it was carried out before somebody else came.
        return standing == null ? Step.NOTHING : Step.CARRY_OUT;
    }

    /** Whether a decision needs nobody any more. */
    static boolean isOver(Decision standing, boolean again, Execution last) {
        if (last == null || !last.decision().equals(standing.id())) {
            return false;
        }
        return switch (last.state()) {
            case DONE, DRY_RUN -> true;
            case FAILED -> !again;
            case STARTED -> false;
            // What had been done before somebody else changed it is not done over it again.
            case YIELDED -> last.left() == last.to();
        };
    }

    private static boolean isForeign(Execution last, int there) {
        if (last == null || last.left() < 0 || last.state() == State.DRY_RUN) {
            return false;
        }
        boolean underway = last.state() == State.STARTED || last.state() == State.FAILED;
        return there != last.left() && !(underway && there == last.to());
    }
}
