package io.millrace.plan;

/** What a view's key is known from. */
public enum KeyOrigin {
    /** It follows from the tables' keys: no two rows can have the same. */
    PROVEN,
    /** It is declared and does not follow: rows that break it are set aside. */
    DECLARED,
    /** There is none; the whole row tells rows apart, and equal ones are counted. */
    WHOLE_ROW
}
