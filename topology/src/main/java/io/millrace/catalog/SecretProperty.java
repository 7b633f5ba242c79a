package io.millrace.catalog;

import io.millrace.connectors.SecretReference;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which properties of a connector are secrets. Its configuration can be read by whoever may ask Kafka Connect, so that a secret is
 * written as a reference that the Connect worker looks up.
 */
public final class SecretProperty {
    /** How it is written instead. */
    public static final String INSTEAD =
            "write where the Connect worker finds it, such as ${file:/etc/millrace/secrets.properties:replica} or"
                    + " ${env:REPLICA_PASSWORD}";

    private static final Pattern SECRET = Pattern.compile(
            "passw|secret|token|credential|authorization|cookie|jaas\\.config|user\\.info|api[._-]?key|keystore\\.key");

    /** What is about a secret, and none itself. */
    private static final Pattern ABOUT =
            Pattern.compile("[._-](source|url|uri|class|file|path|location|type|header|ms|seconds)$");

    /** A secret and nothing else, while others have a text around it: {@code Bearer ${file:...}}. */
    private static final Pattern WHOLE = Pattern.compile("(password|secret)$");

    /** A parameter of an address that is a password, or a password before the server's name. */
    private static final Pattern IN_ADDRESS =
            Pattern.compile("[?&;(,]\\s*[a-z_]*password\\d*\\s*=|//[^/?#@\\s]*:[^/?#@\\s]*@", Pattern.CASE_INSENSITIVE);

    private SecretProperty() {}

    /** Whether a property of that name is a secret. */
    public static boolean isSecret(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return SECRET.matcher(lower).find() && !ABOUT.matcher(lower).find();
    }

    /** Whether a text has a password in it, as addresses may. */
    public static boolean isInAddress(String text) {
        return IN_ADDRESS.matcher(text).find();
    }

    /** What is wrong with a property's value, which is not shown; empty where no secret is written out. */
    public static Optional<String> mistake(String name, String value) {
        if (value.isEmpty()) {
            return Optional.empty();
        }
        if (isSecret(name)) {
            boolean whole = WHOLE.matcher(name.toLowerCase(Locale.ROOT)).find();
            boolean referred = whole ? SecretReference.isWhole(value) : SecretReference.isIn(value);
            return referred
                    ? Optional.empty()
                    : Optional.of("is written out, but whoever may ask Kafka Connect can read it");
        }
        return isInAddress(value)
                ? Optional.of("has a password in it, which whoever may ask Kafka Connect can read")
                : Optional.empty();
    }
}
