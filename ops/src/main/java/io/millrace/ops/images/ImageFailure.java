package io.millrace.ops.images;

import java.util.Locale;

/** A step cannot be done for a picture. The message is meant for the one who uploaded it, and holds nothing of its content. */
final class ImageFailure extends Exception {
    private static final long serialVersionUID = 1;

    /** Why; each is counted by itself. */
    enum Reason {
        /** No picture, or a damaged one. */
        UNREADABLE,
        /** It would take more memory than a worker has for one. */
        TOO_LARGE,
        /** The store does not have it. */
        MISSING,
        /** It took longer than a picture may take. */
        TIMED_OUT,
        /** The content check failed by itself. */
        CHECK_FAILED,
        /** Workers that had begun it were never heard of again. */
        WORKER_DIED;

        /** As dead letters have it. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether another attempt may succeed. */
        boolean mayPass() {
            return switch (this) {
                case UNREADABLE, TOO_LARGE, WORKER_DIED -> false;
                case MISSING, TIMED_OUT, CHECK_FAILED -> true;
            };
        }
    }

    private final Reason reason;

    ImageFailure(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    ImageFailure(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    Reason reason() {
        return reason;
    }
}
