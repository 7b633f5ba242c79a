package io.millrace.cdn;

import io.millrace.row.Origin;

/**
 * A change of a row that invalidates a target. Immutable.
 *
 * @param id the target
 * @param tagged for a URL, whether the change invalidates a tag that its page carries
 * @param reason what changed, for people
 * @param origin the change in the source that led to it
 */
public record TargetChange(TargetId id, boolean tagged, String reason, Origin origin) {}
