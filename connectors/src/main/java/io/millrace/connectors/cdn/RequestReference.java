package io.millrace.connectors.cdn;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.connect.errors.ConnectException;

/** By what a cache knows a request again. */
final class RequestReference {
    private static final int DIGITS = 32;

    private RequestReference() {}

    /**
     * The same for the same purges of the same records, also by a task that is started anew; no other has it, not even where a
     * topic begins anew with its offsets. Of records that name one target the last stands for all: a request that was made for it was
     * made after the others, too, while one that was made for those before tells nothing of it.
     */
    static String of(List<Purging> batch) {
        Map<String, Purging> last = new TreeMap<>();
        batch.forEach(purging -> last.put(purging.key(), purging));
        StringBuilder all = new StringBuilder();
        last.forEach((key, purging) -> all.append(purging.position())
                .append(' ')
                .append(purging.isAgain())
                .append(' ')
                .append(purging.invalidation().emittedAtMicros())
                .append(' ')
                .append(key)
                .append('\n'));
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(all.toString().getBytes(StandardCharsets.UTF_8));
            return last.values().iterator().next().position() + "-"
                    + HexFormat.of().formatHex(hash).substring(0, DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new ConnectException("this JVM does not hash", e);
        }
    }
}
