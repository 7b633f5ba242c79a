package io.millrace.catalog;

import java.util.Optional;
import java.util.function.Function;

/**
 * A property of a pipeline, declared once: what reads it, checks it and documents it comes from here. Immutable.
 *
 * @param name its dotted name in millrace.properties
 * @param defaultText the value where none is given, as one would write it; a {@code ${...}} names what it derives from
 * @param accepts what a valid value is, for the message about an invalid one
 * @param parse turns the text into the value; empty or an {@link IllegalArgumentException} when it is not valid
 * @param documentation one or two sentences for docs/configuration.md
 */
public record ConfigKey<T>(
        String name, String defaultText, String accepts, Function<String, Optional<T>> parse, String documentation) {

    static ConfigKey<String> text(String name, String defaultText, String accepts, String regex, String documentation) {
        return new ConfigKey<>(
                name,
                defaultText,
                accepts,
                text -> text.matches(regex) ? Optional.of(text) : Optional.empty(),
                documentation);
    }

    static ConfigKey<Integer> number(String name, String defaultText, int least, int most, String documentation) {
        return new ConfigKey<>(
                name,
                defaultText,
                "a whole number from " + least + " to " + most,
                text -> Optional.of(Integer.valueOf(text)).filter(value -> value >= least && value <= most),
                documentation);
    }

    /** The value, or empty when the text is not valid. */
    Optional<T> valueOf(String text) {
        try {
            return parse.apply(text);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The environment variable that overrides it. */
    public String environmentVariable() {
        return PipelineConfig.ENVIRONMENT_PREFIX + name.replace('.', '_').toUpperCase(java.util.Locale.ROOT);
    }
}
