package io.millrace.sink.compare;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;

/**
 * A row, its values being PostgreSQL's texts of them. Immutable.
 *
 * @param keyDigest the digest of its key, by which rows are found on both sides
 * @param values in the order of the columns that are compared; null for NULL
 */
public record ComparedRow(String keyDigest, List<String> values) {

    /** The digest of texts as {@link DatabaseRows} has PostgreSQL compute it: of each its length and itself. */
    public static String digest(String[] texts) {
        StringBuilder whole = new StringBuilder();
        for (String text : texts) {
            if (text == null) {
                whole.append('-');
            } else {
                whole.append(text.codePointCount(0, text.length())).append(':').append(text);
            }
        }
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("MD5")
                            .digest(whole.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }

    /** A row whose values may be NULL, which {@link List#of} does not take. */
    static ComparedRow of(String keyDigest, String[] values) {
        return new ComparedRow(keyDigest, Collections.unmodifiableList(Arrays.asList(values)));
    }
}
