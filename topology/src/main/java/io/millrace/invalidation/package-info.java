/**
 * The application that tells caches what to forget: it follows the topics of views that sinks of type cdn read, and writes the topic of
 * invalidations.
 */
package io.millrace.invalidation;
