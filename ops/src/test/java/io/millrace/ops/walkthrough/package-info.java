/** What README.md tells a newcomer to type, typed: the launcher on what was built, from the checkout's root. */
package io.millrace.ops.walkthrough;
