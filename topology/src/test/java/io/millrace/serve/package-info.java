/** The HTTP server over views that are kept in memory: what is asked and answered, by one instance and by several. */
package io.millrace.serve;
