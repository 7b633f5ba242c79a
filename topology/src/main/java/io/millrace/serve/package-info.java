/** Views over HTTP: look-ups by key, ranges, pages, changes as Server-Sent Events, health and metrics. */
package io.millrace.serve;
