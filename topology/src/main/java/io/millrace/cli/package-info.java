/** The command line, {@code millrace}: one class a command (picocli). */
package io.millrace.cli;
