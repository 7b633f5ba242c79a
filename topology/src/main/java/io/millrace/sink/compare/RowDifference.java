package io.millrace.sink.compare;

import java.util.List;
import java.util.Optional;

/**
 * Rows of one key that are not the same on both sides. Immutable.
 *
 * @param keyDigest the digest of the key
 * @param source the source's row; the first of them where several shards have one, none where there is none
 * @param target the target's row
 */
public record RowDifference(String keyDigest, Optional<List<String>> source, Optional<List<String>> target) {}
