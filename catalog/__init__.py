"""What is sold and how it is fulfilled: products, rules, step groups, systems, the expression language and its checks.

Pure: nothing here touches the world, but `catalog.files`, which reads YAML and is imported by the service alone.
"""
