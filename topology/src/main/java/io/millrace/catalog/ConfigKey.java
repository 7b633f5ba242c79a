package io.millrace.catalog;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * A property of a pipeline, declared once: what reads it, checks it and documents it comes from here. Immutable.
 *
 * @param name its dotted name in millrace.properties
 * @param defaultText the value where none is given, as one would write it; a {@code ${...}} names what it derives from;
 *     empty where none is needed
 * @param accepts what a valid value is, for the message about an invalid one
 * @param parse turns the text into the value; empty or an {@link IllegalArgumentException} when it is not valid
 * @param disclosure how much of a value may be shown
 * @param documentation a few sentences for docs/configuration.md
 */
public record ConfigKey<T>(
        String name,
        String defaultText,
        String accepts,
        Function<String, Optional<T>> parse,
        Disclosure disclosure,
        String documentation) {

    /** How much of a value a message may show. */
    public enum Disclosure {
        /** All but a user and password within an address. */
        SHOWN,
        /** Nothing. */
        SECRET
    }

    static ConfigKey<String> text(String name, String defaultText, String accepts, String regex, String documentation) {
        return shown(name, defaultText, accepts, text -> matching(text, regex), documentation);
    }

    static ConfigKey<Optional<String>> optional(String name, String accepts, String regex, String documentation) {
        return shown(name, "", accepts, text -> matchingOrNone(text, regex), documentation);
    }

    static ConfigKey<Optional<String>> secret(String name, String accepts, String regex, String documentation) {
        return new ConfigKey<>(
                name, "", accepts, text -> matchingOrNone(text, regex), Disclosure.SECRET, documentation);
    }

    static ConfigKey<Integer> number(String name, String defaultText, int least, int most, String documentation) {
        return shown(
                name,
                defaultText,
                "a whole number from " + least + " to " + most,
                text -> Optional.of(Integer.valueOf(text)).filter(value -> value >= least && value <= most),
                documentation);
    }

    static ConfigKey<Long> largeNumber(String name, String defaultText, long least, long most, String documentation) {
        return shown(
                name,
                defaultText,
                "a whole number from " + least + " to " + most,
                text -> Optional.of(Long.valueOf(text)).filter(value -> value >= least && value <= most),
                documentation);
    }

    static ConfigKey<Boolean> flag(String name, String defaultText, String documentation) {
        return shown(
                name,
                defaultText,
                "true or false",
                text -> text.equals("true") || text.equals("false")
                        ? Optional.of(Boolean.valueOf(text))
                        : Optional.empty(),
                documentation);
    }

    static <T> ConfigKey<T> shown(
            String name,
            String defaultText,
            String accepts,
            Function<String, Optional<T>> parse,
            String documentation) {
        return new ConfigKey<>(name, defaultText, accepts, parse, Disclosure.SHOWN, documentation);
    }

    private static Optional<String> matching(String text, String regex) {
        return text.matches(regex) ? Optional.of(text) : Optional.empty();
    }

    private static Optional<Optional<String>> matchingOrNone(String text, String regex) {
        if (text.isEmpty()) {
            return Optional.of(Optional.empty());
        }
        return text.matches(regex) ? Optional.of(Optional.of(text)) : Optional.empty();
    }

    /** The value, or empty when the text is not valid. */
    Optional<T> valueOf(String text) {
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** What a message may show of a text that was given. */
    String shown(String text) {
        return switch (disclosure) {
            case SHOWN -> "'" + text.replaceAll("//[^/]*@", "//***@") + "'";
            case SECRET -> "what was given";
        };
    }

    /** The environment variable that overrides it. */
    public String environmentVariable() {
        return PipelineConfig.ENVIRONMENT_PREFIX + name.replace('.', '_').toUpperCase(Locale.ROOT);
    }
}
