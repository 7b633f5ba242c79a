package io.millrace.operator;

/** An operator whose result has rows before any change has come. */
interface Starting {
    /** Puts those rows out unless it has done so before; what it remembers says whether it has. */
    void start(Output output);
}
