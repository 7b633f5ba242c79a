package io.millrace.scaling.execute;

/** That a decision was not carried out. */
public final class ExecutionFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean mayPass;

    private ExecutionFailure(String message, boolean mayPass, Throwable cause) {
        super(message, cause);
        this.mayPass = mayPass;
    }

    /** One that may be over when it is tried again. */
    static ExecutionFailure passing(String message, Throwable cause) {
        return new ExecutionFailure(message, true, cause);
    }

    /** One that somebody must mend. */
    static ExecutionFailure lasting(String message, Throwable cause) {
        return new ExecutionFailure(message, false, cause);
    }

    boolean mayPass() {
        return mayPass;
    }
}
