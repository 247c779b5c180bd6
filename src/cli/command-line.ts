/** The one file that knows the library behind the command line. */
export { Command, InvalidArgumentError, Option } from 'commander'
