/** Values of records in forms that others read: {@link io.millrace.connectors.values.PostgresJson}. */
package io.millrace.connectors.values;
