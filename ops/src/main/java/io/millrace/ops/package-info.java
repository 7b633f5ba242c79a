/** The development side of Millrace: {@code millrace dev}, which runs everything on one machine. */
package io.millrace.ops;
