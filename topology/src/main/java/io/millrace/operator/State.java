package io.millrace.operator;

/**
 * An ordered store of byte strings: what an operator remembers. Keys are ordered as unsigned bytes. Used by one thread at a
 * time. Arrays that are put or got belong to the store afterwards: neither side changes them.
 */
public interface State {
    /** The value of a key, or null. */
    byte[] get(byte[] key);

    /** Sets the value of a key; the value is not null. */
    void put(byte[] key, byte[] value);

    /** Removes a key; nothing happens if it is absent. */
    void delete(byte[] key);

    /** Sets the value of a key, or removes the key if the value is null. */
    default void set(byte[] key, byte[] value) {
        if (value == null) {
            delete(key);
        } else {
            put(key, value);
        }
    }

    /**
     * Visits the entries whose keys begin with the prefix, in ascending order, until the visitor returns false. The visitor
     * must not write to this store.
     */
    void scan(byte[] prefix, Visitor visitor);

    /** As {@link #scan}, of the entries whose keys are above that key alone. */
    void scanAfter(byte[] prefix, byte[] above, Visitor visitor);

    /** As {@link #scan}, in descending order. */
    void scanDescending(byte[] prefix, Visitor visitor);

    /** Takes the entries of a scan. */
    @FunctionalInterface
    interface Visitor {
        /** Takes an entry; returns whether to go on. */
        boolean visit(byte[] key, byte[] value);
    }
}
