/**
 * Alerts: one instance of a pipeline looks at its dead letters and its sinks ({@link io.millrace.alert.AlertWatch}), holds what it sees
 * against what is allowed ({@code Thresholds}), knows which alerts there are ({@code Alerts}), records them in a topic ({@code AlertLog}), by
 * which another instance goes on, and posts them to a server ({@code SignedHook}).
 */
package io.millrace.alert;
