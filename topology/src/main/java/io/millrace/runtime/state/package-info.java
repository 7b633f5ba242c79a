/**
 * Operators' state on disk: stores that hold what is committed and nothing else, so that a killed instance goes on from what it
 * has instead of from the beginning of its changelogs.
 */
package io.millrace.runtime.state;
