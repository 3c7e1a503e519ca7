/* The program's version. */
#ifndef CLI_VERSION_H
#define CLI_VERSION_H

#define NESTWRIGHT_VERSION "0.1.0"

#endif
