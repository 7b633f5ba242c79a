package io.millrace.connectors;

import java.util.regex.Pattern;

/**
 * Where a Connect worker finds a value that must not be written down: {@code ${file:path:key}}, {@code ${env:VARIABLE}}, or
 * another of its configuration providers'. The worker puts the value in its place; what reads and keeps configurations has
 * the reference alone.
 */
public final class SecretReference {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{[^:}]+:[^}]+}");

    private SecretReference() {}

    /** Whether a text is one reference and nothing else. */
    public static boolean isWhole(String text) {
        return REFERENCE.matcher(text).matches();
    }

    /** Whether a reference stands anywhere in a text. */
    public static boolean isIn(String text) {
        return REFERENCE.matcher(text).find();
    }

    /** Whether a text begins with a reference, so that nobody but the worker knows how the value begins. */
    public static boolean isAtTheStart(String text) {
        return REFERENCE.matcher(text).lookingAt();
    }
}
