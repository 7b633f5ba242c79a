package io.millrace.cdn;

/** A template that is none, and where in its text that shows. */
public final class TemplateMistake extends Exception {
    private static final long serialVersionUID = 1L;

    private final int offset;
    private final String hint;

    TemplateMistake(int offset, String message, String hint) {
        super(message);
        this.offset = offset;
        this.hint = hint;
    }

    /** How many characters of the text stand before the place. */
    int offset() {
        return offset;
    }

    /** What to write instead. */
    String hint() {
        return hint;
    }
}
