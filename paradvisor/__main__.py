from paradvisor.cli import main

main()
