/**
 * What caches have to forget when rows of a view change, as a sink of type cdn says it: templates of URLs and tags, what a change
 * invalidates, and when it is told. All of it is pure; the application that runs it is {@code io.millrace.invalidation}.
 */
package io.millrace.cdn;
